/* fenchel.i -- what every language wraps: the public header, as it is. No typemap stands here: python.i and java.i
 * declare theirs first and then include this file. */
%{
#include "fenchel/fenchel.h"
%}
%include <stdint.i>
%include "fenchel/export.h"
%include "fenchel/declared.h"
%include "fenchel/fenchel.h"
