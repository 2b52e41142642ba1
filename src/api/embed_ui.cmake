# Packs the built pages (ui/dist) and the API's description into vitrine_api. The pack is made anew with every build and
# written only when something changed; without ui/dist it is empty, and the root page says how to build the pages.
include(${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
get_target_property(vitrine_api_type vitrine_api TYPE)
if(vitrine_api_type STREQUAL "STATIC_LIBRARY")
  set(VITRINE_UI_PACK ${CMAKE_CURRENT_BINARY_DIR}/ui_pack.bin)
  add_custom_target(vitrine_ui_pack
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_ui.py --dist ${CMAKE_SOURCE_DIR}/ui/dist --out ${VITRINE_UI_PACK}
    BYPRODUCTS ${VITRINE_UI_PACK}
    COMMENT "Packing the pages of ui/dist")
  vitrine_embed_file(vitrine_api vitrine_ui_pack_bytes ${VITRINE_UI_PACK})
  vitrine_embed_file(vitrine_api vitrine_openapi_json ${CMAKE_SOURCE_DIR}/schema/openapi.json)
  add_dependencies(vitrine_api vitrine_ui_pack)
endif()
