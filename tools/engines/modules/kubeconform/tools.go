//go:build tools

// Package tools names the main package that the harness builds, so that Go's own tools keep go.mod right.
package tools

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
