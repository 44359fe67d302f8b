/* header_alone.c -- nothing before the header, nothing after it but one use of everything's names. */
#include "fenchel/fenchel.h"

int32_t fen_test_header_alone(void);
int32_t fen_test_header_alone(void) { return FEN_E_SINGULAR + (int32_t)sizeof(fen_transport_result) + FEN_MAX_DIMS; }
