// Judge tells whether the API server would accept instances of a CustomResourceDefinition on creation.
//
// It reads a JSON object per line: {"crd": ..., "version": "v1", "instances": [...]}, and answers each with
// {"verdicts": [{"valid": true, "pruned": ["spec.x"]}, ...]} or {"error": "..."}. It runs what the server runs on a
// create request, in its order: defaults, coercion of metadata, pruning, then validation of type, metadata, schema,
// embedded metadata and list types. CEL is left out, as is the removal of nulls where they are not allowed.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

type request struct {
	CRD       json.RawMessage   `json:"crd"`
	Version   string            `json:"version"`
	Instances []json.RawMessage `json:"instances"`
}

type verdict struct {
	Valid  bool     `json:"valid"`
	Reason string   `json:"reason,omitempty"`
	Pruned []string `json:"pruned,omitempty"`
}

type answer struct {
	Verdicts []verdict `json:"verdicts,omitempty"`
	Error    string    `json:"error,omitempty"`
}

type judge struct {
	apiVersion string
	kind       string
	namespaced bool
	prunes     bool
	structural *structural.Structural
	validator  validation.SchemaValidator
}

var decoder = func() runtime.Decoder {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	return serializer.NewCodecFactory(scheme).UniversalDecoder(apiextensions.SchemeGroupVersion)
}()

func newJudge(asked request) (*judge, error) {
	object, _, err := decoder.Decode(asked.CRD, nil, nil)
	if err != nil {
		return nil, err
	}
	crd, ok := object.(*apiextensions.CustomResourceDefinition)
	if !ok {
		return nil, errors.New("no CustomResourceDefinition")
	}
	schema, err := apiextensions.GetSchemaForVersion(crd, asked.Version)
	if err != nil {
		return nil, err
	}
	if schema == nil || schema.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("no schema for version %q", asked.Version)
	}
	validator, _, err := validation.NewSchemaValidator(schema.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	made := &judge{
		apiVersion: crd.Spec.Group + "/" + asked.Version,
		kind:       crd.Spec.Names.Kind,
		namespaced: crd.Spec.Scope == apiextensions.NamespaceScoped,
		prunes:     crd.Spec.PreserveUnknownFields == nil || !*crd.Spec.PreserveUnknownFields,
		validator:  validator,
	}
	if made.structural, err = structural.NewStructural(schema.OpenAPIV3Schema); err != nil {
		return nil, err
	}
	// The server refuses a v1 definition that is not structural.
	if errs := structural.ValidateStructural(nil, made.structural); made.prunes && len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	return made, nil
}

func (j *judge) judge(raw json.RawMessage) verdict {
	var object map[string]any
	if err := utiljson.Unmarshal(raw, &object); err != nil || object == nil {
		return verdict{Reason: "no object"}
	}
	defaulting.Default(object, j.structural)
	options := objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true}
	fieldErr, pruned := objectmeta.CoerceWithOptions(nil, object, j.structural, true, options)
	if fieldErr != nil {
		return verdict{Reason: fieldErr.Error()}
	}
	if j.prunes {
		options := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
		pruned = append(pruned, pruning.PruneWithOptions(object, j.structural, true, options)...)
	}
	if errs := j.validate(object); len(errs) > 0 {
		return verdict{Reason: errs.ToAggregate().Error(), Pruned: pruned}
	}
	return verdict{Valid: true, Pruned: pruned}
}

func (j *judge) validate(content map[string]any) field.ErrorList {
	object := &unstructured.Unstructured{Object: content}
	var errs field.ErrorList
	if object.GetAPIVersion() != j.apiVersion {
		errs = append(errs, field.Invalid(field.NewPath("apiVersion"), object.GetAPIVersion(), "must be "+j.apiVersion))
	}
	if object.GetKind() != j.kind {
		errs = append(errs, field.Invalid(field.NewPath("kind"), object.GetKind(), "must be "+j.kind))
	}
	if len(errs) > 0 {
		return errs
	}
	errs = append(errs, metavalidation.ValidateObjectMetaAccessor(object, j.namespaced, metavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	errs = append(errs, validation.ValidateCustomResource(nil, content, j.validator)...)
	errs = append(errs, objectmeta.Validate(nil, content, j.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, j.structural, content)...)
	return errs
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if encoded := encoder.Encode(reply(line)); encoded != nil {
				fmt.Fprintln(os.Stderr, encoded)
				os.Exit(1)
			}
		}
		if err != nil {
			return
		}
	}
}

func reply(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	made, err := newJudge(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	verdicts := make([]verdict, 0, len(asked.Instances))
	for _, instance := range asked.Instances {
		verdicts = append(verdicts, made.judge(instance))
	}
	return answer{Verdicts: verdicts}
}
