// describe_text.hpp -- capi/gen/declared.json, embedded.
#pragma once

namespace fenchel::capi {
extern const char kDeclaredJson[];
}
