/* export.h -- how a public function is marked. Nothing else belongs here. */
#ifndef FENCHEL_EXPORT_H
#define FENCHEL_EXPORT_H

#if defined(SWIG) || defined(FENCHEL_STATIC)
#define FEN_API
#elif defined(__GNUC__)
#define FEN_API __attribute__((visibility("default")))
#else
#define FEN_API
#endif

#endif
