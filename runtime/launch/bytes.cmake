# The bytes of FILE, for an array of C, into OUTPUT.
file(READ ${FILE} HEX HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," BYTES "${HEX}")
file(WRITE ${OUTPUT} "${BYTES}\n")
