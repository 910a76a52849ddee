package validate

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/azuremonitorexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/googlecloudexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

var update = flag.Bool("update", false, "write the validated files to validated.txt")

// folder is where the configurations are.
const folder = "../../"

// TestValidate validates the files of the clouds whose exporters can be built
// here, as the command validate of a collector with these exporters does.
func TestValidate(t *testing.T) {
	// This is not a real key: the exporter requires one in this format.
	t.Setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00000000-0000-0000-0000-000000000000")
	var sums strings.Builder
	for cloud, wrong := range map[string]string{
		"azure.yaml": "maxbatchsize: many", // its exporter accepts unknown settings
		"gcp.yaml":   "no_such_setting: 1",
	} {
		t.Run(cloud, func(t *testing.T) {
			if err := dryRun(t, folder+"base.yaml", folder+cloud); err != nil {
				t.Error(err)
			}
			if err := dryRun(t, folder+"base.yaml", withInvalidSetting(t, cloud, wrong)); err == nil {
				t.Errorf("%s was accepted", wrong)
			}
		})
	}
	for _, cloud := range []string{"azure.yaml", "gcp.yaml"} {
		fmt.Fprintf(&sums, "%x  %s\n", sum(t, cloud), cloud)
	}
	if *update && !t.Failed() {
		check(t, os.WriteFile("validated.txt", []byte(sums.String()), 0o600))
	}
	noted, err := os.ReadFile("validated.txt")
	check(t, err)
	if string(noted) != sums.String() {
		t.Error("validated.txt has other checksums; run this with -update")
	}
}

// withInvalidSetting returns a copy of a file in which the exporter also has an
// invalid setting.
func withInvalidSetting(t *testing.T, cloud, setting string) string {
	t.Helper()
	text, err := os.ReadFile(folder + cloud)
	check(t, err)
	head, rest, ok := strings.Cut(string(text), "exporters:\n  ")
	exporter, rest, ok2 := strings.Cut(rest, "\n")
	if !ok || !ok2 {
		t.Fatal("no exporters")
	}
	path := t.TempDir() + "/" + cloud
	check(t, os.WriteFile(path, []byte(head+"exporters:\n  "+exporter+"\n    "+setting+"\n"+rest), 0o600))
	return path
}

// sum returns the checksum of the configuration of a cloud.
func sum(t *testing.T, cloud string) [sha256.Size]byte {
	t.Helper()
	var all []byte
	for _, name := range []string{"base.yaml", cloud} {
		text, err := os.ReadFile(folder + name)
		check(t, err)
		all = append(all, text...)
	}
	return sha256.Sum256(all)
}

func dryRun(t *testing.T, files ...string) error {
	t.Helper()
	uris := make([]string, len(files))
	for i, file := range files {
		uris[i] = "file:" + file
	}
	c, err := otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.NewDefaultBuildInfo(),
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              uris,
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory()},
		}},
	})
	check(t, err)
	return c.DryRun(t.Context())
}

func factories() (f otelcol.Factories, err error) {
	if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory()); err != nil {
		return f, err
	}
	if f.Processors, err = otelcol.MakeFactoryMap[processor.Factory](batchprocessor.NewFactory(), memorylimiterprocessor.NewFactory(),
		cumulativetodeltaprocessor.NewFactory()); err != nil {
		return f, err
	}
	f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](azuremonitorexporter.NewFactory(), googlecloudexporter.NewFactory())
	f.Telemetry = otelconftelemetry.NewFactory()
	return f, err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
