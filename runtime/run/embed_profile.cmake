# cmake -DPROFILE=FILE -DHEADER=FILE.h -DFUNCTION=SPACE::NAME -DOUTPUT=FILE.cc -P embed_profile.cmake:
# the function of HEADER that returns the bytes of PROFILE.
file(READ ${PROFILE} BYTES HEX)
string(REGEX REPLACE "(..)" "0x\\1," BYTES "${BYTES}")
string(REGEX REPLACE "((0x..,){16})" "\\1\n    " BYTES "${BYTES}")
file(WRITE ${OUTPUT} "// Made of ${PROFILE} by embed_profile.cmake.

#include \"${HEADER}\"

namespace {

constexpr char kBytes[] = {
    ${BYTES}
};

}  // namespace

std::string_view ${FUNCTION}() { return {kBytes, sizeof(kBytes)}; }
")
