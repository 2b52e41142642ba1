// How JSON of callers and providers is read: whatever is clear is taken.
#pragma once

#include "codecs/providers/limits.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::providers {

inline syntax::JsonOptions LenientJson() {
  syntax::JsonOptions options;
  options.lenient = true;
  options.depth_max = kJsonDepthMax;
  return options;
}

}  // namespace vitrine::codecs::providers
