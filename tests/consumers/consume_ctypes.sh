#!/bin/sh
# Python's ctypes on the installed library: any FFI can use it, with nothing but the header to read. consume_ctypes.sh SOURCE BUILD PYTHON
name=ctypes
. "$(dirname "$0")/consumer_common.sh"
"$3" -I "$source/tests/consumers/consumer_ctypes.py" "$libdir/libfenchel.so"
