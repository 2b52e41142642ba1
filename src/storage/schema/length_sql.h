// The length of a row of span_rows and trace_rows, for every question that asks for it.
#pragma once

namespace vitrine::storage {

/// Nanoseconds; NULL where the end is not known, as LengthOf has it.
inline constexpr const char* kLengthSql =
    "if(end_time >= start_time, reinterpretAsInt64(end_time) - reinterpretAsInt64(start_time), "
    "NULL)";

}  // namespace vitrine::storage
