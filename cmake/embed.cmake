# vitrine_embed(TARGET NAMESPACE_NAME FILE...) adds files to a library as read-only bytes.
#
# vitrine_embed_file(TARGET SYMBOL FILE) makes `extern const char SYMBOL[]` and `extern const char SYMBOL_end[]` (extern "C").
function(vitrine_embed_file target symbol file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.S)
  file(WRITE ${source}.in
       "    .section .rodata\n    .balign 16\n    .global ${symbol}\n${symbol}:\n    .incbin \"${file}\"\n"
       "    .global ${symbol}_end\n${symbol}_end:\n    .byte 0\n    .section .note.GNU-stack,\"\",@progbits\n")
  configure_file(${source}.in ${source} COPYONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${file})
  target_sources(${target} PRIVATE ${source})
endfunction()
