// interrupt.hpp -- how long work learns that it shall end, without knowing who wants it.
#pragma once

namespace fenchel {

// Thrown on the solving thread where work is cut short; the loop that runs the work catches it.
struct Stopped {};

class Interrupt {
 public:
  virtual ~Interrupt() = default;
  // Called on the solving thread between chunks of work; false means stop. Cheap.
  virtual bool poll() = 0;
};

}  // namespace fenchel
