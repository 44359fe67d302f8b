/* header_twice.c -- included twice, and after the headers it is made of. */
#include "fenchel/declared.h"
#include "fenchel/export.h"
#include "fenchel/fenchel.h"

int32_t fen_test_header_twice(void);
int32_t fen_test_header_twice(void) { return FEN_ABI_VERSION; }
