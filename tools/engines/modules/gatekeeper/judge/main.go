// The judge answers whether objects hold to Gatekeeper policies, by Gatekeeper's own constraint client with its Rego
// and CEL drivers. It reads one JSON request a line from standard input and writes one JSON answer a line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis"
	templatesv1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	mutation "github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	admission "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// The API server takes no larger request body; an update has two objects.
const maxLine = 16 << 20

// enforcementPoint is the one that constraints name for judgement outside of a cluster.
const enforcementPoint = "gator.gatekeeper.sh"

// request is one of: add a template, a constraint or an object of the inventory, or review an admission request.
type request struct {
	Op        string                      `json:"op"`
	Object    json.RawMessage             `json:"object,omitempty"`
	Request   *admission.AdmissionRequest `json:"request,omitempty"`
	Namespace map[string]interface{}      `json:"namespace,omitempty"`
}

type violation struct {
	Kind       string   `json:"kind"`
	Constraint string   `json:"constraint"`
	Message    string   `json:"message"`
	Action     string   `json:"action"`
	Scoped     []string `json:"scoped,omitempty"`
}

type answer struct {
	Error      string      `json:"error,omitempty"`
	Violations []violation `json:"violations,omitempty"`
}

type judge struct {
	client *client.Client
	scheme *runtime.Scheme
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	j, err := newJudge()
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<20), maxLine)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		violations, err := j.answer(context.Background(), lines.Bytes())
		told := answer{Violations: violations}
		if err != nil {
			told.Error = err.Error()
		}
		if err := answers.Encode(told); err != nil {
			return err
		}
	}
	return lines.Err()
}

func newJudge() (*judge, error) {
	scheme := runtime.NewScheme()
	if err := apis.AddToScheme(scheme); err != nil {
		return nil, err
	}
	regoDriver, err := rego.New()
	if err != nil {
		return nil, err
	}
	celDriver, err := k8scel.New()
	if err != nil {
		return nil, err
	}
	c, err := client.NewClient(
		client.Targets(&target.K8sValidationTarget{}),
		// Where a template has both engines, the first driver that can run it does, as in Gatekeeper itself.
		client.Driver(celDriver),
		client.Driver(regoDriver),
		client.EnforcementPoints(enforcementPoint),
	)
	return &judge{client: c, scheme: scheme}, err
}

func (j *judge) answer(ctx context.Context, line []byte) ([]violation, error) {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, err
	}
	switch r.Op {
	case "template":
		return nil, j.addTemplate(ctx, r.Object)
	case "constraint":
		object, err := parse(r.Object)
		if err != nil {
			return nil, err
		}
		_, err = j.client.AddConstraint(ctx, object)
		return nil, err
	case "data":
		object, err := parse(r.Object)
		if err != nil {
			return nil, err
		}
		_, err = j.client.AddData(ctx, object)
		return nil, err
	case "review":
		return j.review(ctx, r)
	}
	return nil, fmt.Errorf("unknown op %q", r.Op)
}

func parse(raw json.RawMessage) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(raw)
}

func (j *judge) addTemplate(ctx context.Context, raw json.RawMessage) error {
	versioned := &templatesv1.ConstraintTemplate{}
	if err := json.Unmarshal(raw, versioned); err != nil {
		return err
	}
	template := &templates.ConstraintTemplate{}
	if err := j.scheme.Convert(versioned, template, nil); err != nil {
		return err
	}
	_, err := j.client.AddTemplate(ctx, template)
	return err
}

func (j *judge) review(ctx context.Context, r request) ([]violation, error) {
	if r.Request == nil {
		return nil, errors.New("a review needs a request")
	}
	options := []reviews.ReviewOpt{reviews.EnforcementPoint(enforcementPoint)}
	if r.Namespace != nil {
		options = append(options, reviews.Namespace(r.Namespace))
	}
	review := target.AugmentedReview{AdmissionRequest: r.Request, Source: mutation.SourceTypeOriginal}
	responses, err := j.client.Review(ctx, review, options...)
	if err != nil {
		return nil, err
	}
	violations := []violation{}
	for _, result := range responses.Results() {
		violations = append(violations, violation{
			Kind:       result.Constraint.GetKind(),
			Constraint: result.Constraint.GetName(),
			Message:    result.Msg,
			Action:     result.EnforcementAction,
			Scoped:     result.ScopedEnforcementActions,
		})
	}
	return violations, nil
}
