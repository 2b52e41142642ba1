// What went wrong, as it may be shown: a target may say back what it was sent, its key included.
// Threads: free function.
#pragma once

#include <string>

#include "services/forward/forward_setting.h"

namespace vitrine::forward {

std::string ErrorText(const std::string& message, const ForwardSetting& setting);

}  // namespace vitrine::forward
