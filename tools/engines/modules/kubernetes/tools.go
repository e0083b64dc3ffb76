//go:build tools

// Package tools names the main packages that the harness builds, so that Go's own tools keep go.mod right.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
