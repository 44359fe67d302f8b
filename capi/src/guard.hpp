// guard.hpp -- what stands round every entry point: exceptions become a status and a filled fen_error, nothing escapes.
#pragma once
#include <exception>
#include <new>
#include <stdexcept>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "fenchel/fenchel.h"

namespace fenchel::capi {

// Writes as much of *err as its struct_size admits; err may be NULL. Returns status.
std::int32_t report(fen_error* err, Status status, const char* message, std::int32_t detail = 0) noexcept;

// Runs body() and returns FEN_OK, or the status of what it threw.
template <class Body>
std::int32_t guarded(fen_error* err, Body&& body) noexcept {
  try {
    body();
    return FEN_OK;
  } catch (const Error& e) {
    return report(err, e.status(), e.what(), e.detail());
  } catch (const Stopped&) {  // a callback term cancelled a call that has no iterate to return
    return report(err, Status::CALLBACK, "a callback cancelled the call", 1);
  } catch (const std::bad_alloc&) {
    return report(err, Status::NOMEM, "memory could not be allocated");
  } catch (const std::length_error&) {
    return report(err, Status::TOO_LARGE, "a size exceeds what a container can hold");
  } catch (const std::exception& e) {
    return report(err, Status::INTERNAL, e.what());
  } catch (...) {
    return report(err, Status::INTERNAL, "an unknown exception was caught at the C boundary: please report it");
  }
}

// Throws NULL_ARGUMENT unless pointer is set.
inline void require(const void* pointer, const char* name) {
  if (pointer == nullptr) fail(Status::NULL_ARGUMENT, "% is NULL; it is required", name);
}

}  // namespace fenchel::capi
