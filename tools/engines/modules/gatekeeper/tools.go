//go:build tools

// Package tools names the main packages that the harness builds, so that Go's own tools keep go.mod right.
package tools

import (
	_ "github.com/open-policy-agent/gatekeeper/v3"
	_ "github.com/open-policy-agent/gatekeeper/v3/cmd/gator"
)
