// VITRINE_CHECK: always-on check for programmer errors. Never on bytes from outside.
#pragma once

namespace vitrine {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace vitrine

#define VITRINE_CHECK(condition)                              \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::vitrine::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
