# golden.inc is what golden.py prints: -DPYTHON=... -DFOLDER=...
execute_process(COMMAND ${PYTHON} ${FOLDER}/golden.py OUTPUT_VARIABLE printed RESULT_VARIABLE code)
file(READ ${FOLDER}/golden.inc committed)
if(NOT code EQUAL 0 OR NOT printed STREQUAL committed)
  message(FATAL_ERROR "golden.inc differs from what golden.py prints")
endif()
