# cmake -DPROFILE=FILE -DOUTPUT=FILE.cc -P embed_profile.cmake: the bytes of PROFILE as a C++ array.
file(READ ${PROFILE} BYTES HEX)
string(REGEX REPLACE "(..)" "0x\\1," BYTES "${BYTES}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " BYTES "${BYTES}")
file(WRITE ${OUTPUT} "// Made of ${PROFILE} by embed_profile.cmake.

#include \"runtime/run/container.h\"

namespace runtime::run {
namespace {

constexpr char kBytes[] = {
    ${BYTES}
};

}  // namespace

std::string_view BuiltInProfile() { return {kBytes, sizeof(kBytes)}; }

}  // namespace runtime::run
")
