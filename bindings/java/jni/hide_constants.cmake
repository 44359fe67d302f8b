# SWIG 4.1 writes the constants of a module as a public interface, with no pragma to change it. It is empty here, and no
# business of users: cmake -DFILE=FenchelRawConstants.java -P hide_constants.cmake
file(READ ${FILE} text)
string(REPLACE "public interface" "interface" text "${text}")
file(WRITE ${FILE} "${text}")
