// The AWS provider, cut down to some kinds: the provider's own packages, wired as its family binaries wire them.
// What differs from kind to kind (resources, types, clusterControllers, namespacedControllers) is generated beside it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/feature"
	"github.com/crossplane/crossplane-runtime/v2/pkg/gate"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"
	upjet "github.com/crossplane/upjet/v2/pkg/config"
	"github.com/crossplane/upjet/v2/pkg/controller"
	"github.com/crossplane/upjet/v2/pkg/controller/conversion"
	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	"go.uber.org/zap/zapcore"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	webhookconversion "sigs.k8s.io/controller-runtime/pkg/webhook/conversion"

	"github.com/upbound/provider-aws/v2/config"
	references "github.com/upbound/provider-aws/v2/internal/apis"
	"github.com/upbound/provider-aws/v2/internal/clients"
	"github.com/upbound/provider-aws/v2/internal/features"
)

type setup = func(ctrl.Manager, controller.Options) error

const rate = 100

var (
	debug  = flag.Bool("debug", false, "log every reconcile")
	poll   = flag.Duration("poll", time.Minute, "how often each resource is compared with AWS")
	health = flag.String("health", "127.0.0.1:8081", "address of the readiness probe")
	certs  = flag.String("certs", "", "folder with tls.crt and tls.key for the conversion webhook")
	port   = flag.Int("webhook-port", 9443, "port of the conversion webhook, on loopback")
)

func main() {
	flag.Parse()
	// The Terraform code writes to the standard logger for every call.
	log.Default().SetOutput(io.Discard)
	level := zapcore.ErrorLevel
	if *debug {
		level = zapcore.DebugLevel
	}
	ctrl.SetLogger(zap.New(zap.Level(level)))
	logger := logging.NewLogrLogger(zap.New(zap.UseDevMode(*debug)).WithName("provider-aws"))
	if err := serve(logger); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(logger logging.Logger) error {
	mgr, err := newManager()
	if err != nil {
		return fmt.Errorf("manager: %w", err)
	}
	start := time.Now()
	cluster, namespaced, err := configure()
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	crds := new(gate.Gate[schema.GroupVersionKind])
	options := optionsFor(cluster, crds, logger)
	if err := customresourcesgate.Setup(mgr, options.Options); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	if err := setUp(mgr, options, clusterControllers); err != nil {
		return fmt.Errorf("cluster scoped controllers: %w", err)
	}
	if err := setUp(mgr, optionsFor(namespaced, crds, logger), namespacedControllers); err != nil {
		return fmt.Errorf("namespaced controllers: %w", err)
	}
	if err := conversion.RegisterConversions(cluster, namespaced, mgr.GetScheme()); err != nil {
		return fmt.Errorf("conversions: %w", err)
	}
	logger.Info("configured", "resources", len(cluster.Resources)+len(namespaced.Resources), "took", time.Since(start).String())
	return mgr.Start(ctrl.SetupSignalHandler())
}

func newManager() (manager.Manager, error) {
	kubeconfig, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(ratelimiter.LimitRESTConfig(kubeconfig, rate), ctrl.Options{
		Metrics:                server.Options{BindAddress: "0"},
		HealthProbeBindAddress: *health,
		WebhookServer:          webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certs}),
	})
	if err != nil {
		return nil, err
	}
	// The controllers register it as well, but only once the gate has seen their definitions.
	mgr.GetWebhookServer().Register("/convert", webhookconversion.NewWebhookHandler(mgr.GetScheme()))
	if err := mgr.AddReadyzCheck("webhook", mgr.GetWebhookServer().StartedChecker()); err != nil {
		return nil, err
	}
	if err := apiextensions.AddToScheme(mgr.GetScheme()); err != nil {
		return nil, err
	}
	if err := types.AddToScheme(mgr.GetScheme()); err != nil {
		return nil, err
	}
	return mgr, references.BuildScheme(types)
}

// configure leaves in the tables of the provider what has a Terraform resource here: a resource that is named there but
// is not registered would stop it.
func configure() (cluster, namespaced *upjet.Provider, err error) {
	ctx := context.Background()
	keep(config.TerraformPluginSDKExternalNameConfigs)
	keep(config.TerraformPluginFrameworkExternalNameConfigs)
	clear(config.CLIReconciledExternalNameConfigs)
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return nil, nil, err
	}
	if cluster, err = config.GetProvider(ctx, framework, sdk, false, false); err != nil {
		return nil, nil, err
	}
	namespaced, err = config.GetProviderNamespaced(ctx, framework, sdk, false, false)
	return cluster, namespaced, err
}

func keep[Config any](table map[string]Config) {
	for name := range table {
		if !resources[name] {
			delete(table, name)
		}
	}
}

func optionsFor(provider *upjet.Provider, crds *gate.Gate[schema.GroupVersionKind], logger logging.Logger) controller.Options {
	options := controller.Options{
		Options: xpcontroller.Options{
			Logger:                  logger,
			GlobalRateLimiter:       ratelimiter.NewGlobal(rate),
			PollInterval:            *poll,
			MaxConcurrentReconciles: 10,
			Features:                &feature.Flags{},
			Gate:                    crds,
		},
		Provider:              provider,
		SetupFn:               clients.SelectTerraformSetup(&clients.SetupConfig{Logger: logger, TerraformProvider: provider.TerraformProvider}),
		PollJitter:            *poll / 20,
		OperationTrackerStore: controller.NewOperationStore(logger),
		StartWebhooks:         true,
	}
	options.Features.Enable(features.EnableBetaManagementPolicies)
	return options
}

func setUp(mgr ctrl.Manager, options controller.Options, all []setup) error {
	for _, one := range all {
		if err := one(mgr, options); err != nil {
			return err
		}
	}
	return nil
}
