#!/bin/sh
# A Go program through cgo, with a callback into Go; only where Go is present.
name=cgo
. "$(dirname "$0")/consumer_common.sh"
needs go pkg-config
cp "$source/tests/consumers/cgo_project/go.mod" "$source/tests/consumers/cgo_project/consumer.go" "$scratch"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fenchel.pc)")
export PKG_CONFIG_PATH GOCACHE="$build/consumers/go-cache" GOPATH="$build/consumers/go-path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
export CGO_LDFLAGS="-Wl,-rpath,$libdir" CGO_LDFLAGS_ALLOW='-Wl,-rpath,.*'
cd "$scratch"
go build -o consumer .
./consumer
