// Writes what Istio's control plane makes of a mesh configuration, Istio's objects and
// Kubernetes' objects for an ingress gateway: listeners, routes, clusters and endpoints, as JSON.
//
// It is the discovery server that Istio's own tests use; no cluster is involved.
//
//	istio-xds MESH-CONFIG-FILE ISTIO-OBJECTS-FILE KUBERNETES-OBJECTS-FILE OUTPUT-FILE
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: istio-xds MESH-CONFIG ISTIO-OBJECTS KUBERNETES-OBJECTS OUTPUT")
		os.Exit(2)
	}
	err := test.Wrap(func(t test.Failer) {
		generated := generate(t, os.Args[1], os.Args[2], os.Args[3])
		// Standard output is full of the control plane's log.
		if err := os.WriteFile(os.Args[4], generated, 0o644); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(t test.Failer, meshFile, istioFile, kubernetesFile string) []byte {
	meshConfig, err := mesh.ApplyMeshConfigDefaults(read(t, meshFile))
	if err != nil {
		t.Fatal(err)
	}
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		MeshConfig:             meshConfig,
		ConfigString:           read(t, istioFile),
		KubernetesObjectString: read(t, kubernetesFile),
	})
	labels := map[string]string{"istio": "ingress"}
	proxy := server.SetupProxy(&model.Proxy{
		Type:            model.Router,
		ConfigNamespace: "istio-ingress",
		Labels:          labels,
		Metadata:        &model.NodeMetadata{Namespace: "istio-ingress", Labels: labels},
	})
	listeners := server.Listeners(proxy)
	generated, err := json.MarshalIndent(map[string][]json.RawMessage{
		"listeners": encode(t, listeners),
		"routes":    encode(t, server.RoutesFromListeners(proxy, listeners)),
		"clusters":  encode(t, server.Clusters(proxy)),
		"endpoints": encode(t, server.Endpoints(proxy)),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return generated
}

func read(t test.Failer, file string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func encode[M proto.Message](t test.Failer, messages []M) []json.RawMessage {
	encoded := make([]json.RawMessage, 0, len(messages))
	for _, message := range messages {
		one, err := protojson.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		encoded = append(encoded, one)
	}
	return encoded
}
