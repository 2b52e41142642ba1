# Precompiled headers: one for all rooms, one for all tests. They only save time: every file includes what it uses, and
# builds without them (VITRINE_PCH=OFF, which the nightly run does).
option(VITRINE_PCH "Precompile the standard library's headers" ON)
if(NOT VITRINE_PCH)
  function(vitrine_precompile target kind)
  endfunction()
  return()
endif()

set(VITRINE_STANDARD_HEADERS
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <expected> <functional> <list> <map>
    <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <unordered_map> <utility> <vector>)

file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "// What precompiled headers are made with.\n")
add_library(vitrine_precompiled_room OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
target_precompile_headers(vitrine_precompiled_room PRIVATE ${VITRINE_STANDARD_HEADERS})
if(VITRINE_TESTS)
  add_library(vitrine_precompiled_test OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_link_libraries(vitrine_precompiled_test PRIVATE GTest::gtest)
  vitrine_test_options(vitrine_precompiled_test)
  target_precompile_headers(vitrine_precompiled_test PRIVATE ${VITRINE_STANDARD_HEADERS} <gtest/gtest.h>)
endif()

# kind: room or test.
function(vitrine_precompile target kind)
  target_precompile_headers(${target} REUSE_FROM vitrine_precompiled_${kind})
endfunction()
