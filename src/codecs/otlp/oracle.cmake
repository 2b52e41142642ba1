# vitrine_otlp_oracle: libprotobuf's reading of the OTLP messages, for tests, benches and fuzzers. The server does not link it.
set(oracle_dir ${CMAKE_CURRENT_BINARY_DIR}/otlp_oracle)
set(oracle_sources)
file(MAKE_DIRECTORY ${oracle_dir})

# A second set of messages takes every string as bytes, so that text that is not UTF-8 can be compared too.
set(oracle_proto ${CMAKE_CURRENT_LIST_DIR}/oracle/otlp_oracle.proto)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${oracle_proto})
file(READ ${oracle_proto} oracle_text)
file(CONFIGURE OUTPUT ${oracle_dir}/otlp_oracle.proto CONTENT "${oracle_text}" @ONLY)
string(REPLACE " string " " bytes " oracle_text "${oracle_text}")
string(REPLACE "vitrine.otlp_oracle;" "vitrine.otlp_oracle_bytes;" oracle_text "${oracle_text}")
file(CONFIGURE OUTPUT ${oracle_dir}/otlp_oracle_bytes.proto CONTENT "${oracle_text}" @ONLY)

foreach(name otlp_oracle otlp_oracle_bytes)
  add_custom_command(
    OUTPUT ${oracle_dir}/${name}.pb.cc ${oracle_dir}/${name}.pb.h
    COMMAND protobuf::protoc --cpp_out=${oracle_dir} --proto_path=${oracle_dir} ${oracle_dir}/${name}.proto
    DEPENDS ${oracle_dir}/${name}.proto
    VERBATIM)
  list(APPEND oracle_sources ${oracle_dir}/${name}.pb.cc ${oracle_dir}/${name}.pb.h)
endforeach()
add_library(vitrine_otlp_oracle STATIC EXCLUDE_FROM_ALL ${oracle_sources})
target_include_directories(vitrine_otlp_oracle SYSTEM PUBLIC ${oracle_dir})
target_compile_options(vitrine_otlp_oracle PRIVATE -w)  # Generated code is not held to our warnings.
target_link_libraries(vitrine_otlp_oracle PUBLIC protobuf::libprotobuf)
