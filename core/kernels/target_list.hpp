// target_list.hpp -- the targets that kernels may be built for, and those of this build: the same list as in
// CMakeLists.txt.
#pragma once

#define FENCHEL_DECLARE_IN(target, Type, name) \
  namespace target_##target {                  \
    extern const Type<float> name##_f32;       \
    extern const Type<double> name##_f64;      \
  }

// name_f32 and name_f64 of every target.
#define FENCHEL_DECLARE_TABLES(Type, name) \
  FENCHEL_DECLARE_IN(baseline, Type, name) \
  FENCHEL_DECLARE_IN(avx2, Type, name)     \
  FENCHEL_DECLARE_IN(avx512, Type, name)   \
  FENCHEL_DECLARE_IN(neon, Type, name)

// Their addresses in this build, best first; the last one runs everywhere.
#if defined(FENCHEL_KERNELS_X86)
#define FENCHEL_OF_TARGETS(table) &target_avx512::table, &target_avx2::table, &target_baseline::table
#elif defined(FENCHEL_KERNELS_NEON)
#define FENCHEL_OF_TARGETS(table) &target_neon::table
#else
#define FENCHEL_OF_TARGETS(table) &target_baseline::table
#endif
