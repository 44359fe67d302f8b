#!/bin/sh
# An outside Maven project that depends on the built jar, compiled by Maven and run by java alone.
name=maven
. "$(dirname "$0")/consumer_common.sh"
needs mvn java jar
jar=$build/fenchel.jar
[ -f "$jar" ] || skip "the jar was not built"
# A repository of its own, so that the user's keeps no copy; plugins that are there already need no download.
m2=$build/consumers/m2
mkdir -p "$m2"
if [ -d "$HOME/.m2/repository" ]; then cp -Rn "$HOME/.m2/repository/." "$m2" 2>/dev/null || true; fi
rm -rf "$m2/io/fenchel"
# The oldest install plugins want the coordinates on the command line; they are read from the jar's own pom.
(cd "$scratch" && jar xf "$jar" META-INF/maven)
pom=$(find "$scratch/META-INF" -name pom.xml)
[ -n "$pom" ] || { echo "the jar holds no pom"; exit 1; }
mvn -B -q -ntp -Dmaven.repo.local="$m2" install:install-file -Dfile="$jar" -DpomFile="$pom" >"$scratch/install.log" 2>&1 ||
  { cat "$scratch/install.log"; exit 1; }
installed=$(find "$m2/io/fenchel/fenchel" -name 'fenchel-*.jar')
[ -n "$installed" ] || { echo "install-file left no jar"; exit 1; }
cp -R "$source/tests/consumers/maven_project/." "$scratch/project"
mvn -B -q -ntp -Dmaven.repo.local="$m2" -f "$scratch/project/pom.xml" compile >"$scratch/compile.log" 2>&1 ||
  { cat "$scratch/compile.log"; exit 1; }
java -Xcheck:jni -cp "$scratch/project/target/classes:$installed" outside.Consumer
