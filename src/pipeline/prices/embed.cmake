# vitrine_price_data: the generated price table as read-only bytes of the program.
set(prices_dir ${CMAKE_SOURCE_DIR}/data/prices)
set(prices_asm ${CMAKE_BINARY_DIR}/generated/price_blob.S)
file(WRITE ${prices_asm}.new "\
    .section .rodata
    .globl vitrine_price_rows_begin, vitrine_price_rows_end
    .globl vitrine_model_names_begin, vitrine_model_names_end
vitrine_price_rows_begin:
    .incbin \"${prices_dir}/price_rows.jsonl\"
vitrine_price_rows_end:
vitrine_model_names_begin:
    .incbin \"${prices_dir}/model_names.jsonl\"
vitrine_model_names_end:
    .section .note.GNU-stack,\"\",%progbits
")
file(COPY_FILE ${prices_asm}.new ${prices_asm} ONLY_IF_DIFFERENT)
add_library(vitrine_price_data STATIC ${prices_asm})
set_source_files_properties(${prices_asm} PROPERTIES OBJECT_DEPENDS
  "${prices_dir}/price_rows.jsonl;${prices_dir}/model_names.jsonl")
set_target_properties(vitrine_price_data PROPERTIES LINKER_LANGUAGE CXX)

# Answers price questions line by line; the Python tests compare it with their own arithmetic.
if(VITRINE_TESTS)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_executable(price_lines ${CMAKE_SOURCE_DIR}/tools/prices/price_lines.cc)
  target_link_libraries(price_lines PRIVATE vitrine_pipeline)
  add_test(NAME prices_differential
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/prices/differential_test.py $<TARGET_FILE:price_lines>)
  add_test(NAME prices_corpus
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/prices/corpus_test.py $<TARGET_FILE:price_lines>)
  add_test(NAME prices_generator
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/prices/generator_test.py)
endif()
