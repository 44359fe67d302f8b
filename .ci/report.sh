# Sourced: `step NAME COMMAND...` runs a command, shows and logs its output and remembers how it ended; `report` closes
# with each runner's own summary and returns 1 when any step failed.
report_logs=$1
report_names=()
report_failures=0
mkdir -p "$report_logs"

step() {
  local name=$1 start=$SECONDS code=0
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" </dev/null 2>&1 | tee "$report_logs/$name.log" || code=${PIPESTATUS[0]}
  report_names+=("$name")
  printf '%s %s\n' "$code" "$((SECONDS - start))" >"$report_logs/$name.ended"
  if [ "$code" -eq 77 ]; then
    printf '=== %s skipped\n' "$name"
  elif [ "$code" -ne 0 ]; then
    report_failures=$((report_failures + 1))
    printf '=== %s FAILED (exit code %s)\n' "$name" "$code"
  fi
}

# A runner's own closing lines, of CTest, pytest, Surefire, cargo test, libFuzzer.
summary_lines() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" |
    grep -E 'tests passed, [0-9]+ tests? failed|^=* ?[0-9]+ (passed|failed).* in |^\[[A-Z]+\] Tests run: .*[0-9]$|^test result:|^Done [0-9]+ runs|^\[doctest\] test cases' |
    tail -n 12
}

report() {
  local name code seconds
  printf '\n=== Summary\n'
  for name in "${report_names[@]}"; do
    read -r code seconds <"$report_logs/$name.ended"
    case $code in
      0) printf '%s: passed in %s s\n' "$name" "$seconds" ;;
      77) printf '%s: skipped\n' "$name" ;;
      *) printf '%s: FAILED (exit code %s) in %s s\n' "$name" "$code" "$seconds" ;;
    esac
    summary_lines "$report_logs/$name.log" | sed 's/^/    /' || true
  done
  [ "$report_failures" -eq 0 ]
}
