#!/usr/bin/env bash
# Installs what the tests of deploy/ run and compare with, into .tools at the top of the
# repository. All of it comes from Go modules of pinned versions; nothing is copied into git.
#
#   deploy/tools.sh test       Helm, Kustomize, and the schemas of custom resources
#   deploy/tools.sh gateways   Envoy Gateway's and Istio's translators to Envoy configuration;
#                              some ten minutes on two cores, for the tests that need them only
set -euo pipefail
cd "$(dirname "$0")/.."

helm=helm.sh/helm/v4/cmd/helm@v4.3.1
kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
compose=github.com/compose-spec/compose-go/v2@v2.16.2
prometheus_operator=github.com/prometheus-operator/prometheus-operator@v0.85.0
envoy_gateway=github.com/envoyproxy/gateway@v1.9.1
istio_api=istio.io/api@v1.31.1
# Istio's releases are no versions of its module; this is the main branch of the day.
istio=istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad

tools=$PWD/.tools
go=$(command -v go || echo /usr/local/go/bin/go)
at_least() { printf '%s\n' "$1" "$2" | sort --version-sort --check=quiet; }
if [ ! -x "$go" ] || ! at_least go1.26 "$("$go" env GOVERSION)"; then
  echo "Go 1.26 or later is missing: tests that run Helm or Kustomize will be skipped" >&2
  exit 0
fi

installed() { [ -e "$tools/.installed-$1" ] && [ "$tools/.installed-$1" -nt deploy/tools.sh ]; }

folder_of() {
  "$go" mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}

copy_schemas() {
  local to=$tools/schemas/$1
  shift
  rm -rf "$to"
  mkdir -p "$to"
  install -m 644 "$@" "$to"
}

install_for_tests() {
  GOBIN=$tools/bin nice -n 10 "$go" install -p 1 "$helm"
  GOBIN=$tools/bin nice -n 10 "$go" install -p 1 "$kustomize"
  local gateway_crds
  gateway_crds=$(folder_of "$envoy_gateway")/charts/gateway-helm/charts/crds/crds
  copy_schemas envoy-gateway "$gateway_crds"/generated/*.yaml
  copy_schemas gateway-api "$gateway_crds"/gatewayapi-crds.yaml
  copy_schemas istio "$(folder_of "$istio_api")"/kubernetes/customresourcedefinitions.gen.yaml
  copy_schemas prometheus-operator \
    "$(folder_of "$prometheus_operator")"/example/prometheus-operator-crd/*.yaml
  copy_schemas compose "$(folder_of "$compose")"/schema/compose-spec.json
}

install_gateways() {
  GOBIN=$tools/bin nice -n 10 "$go" install -p 1 "${envoy_gateway/@//cmd/egctl@}"
  local source=$tools/istio-xds
  mkdir -p "$source"
  cp tests/deploy/istio_xds/main.go "$source"
  (
    cd "$source"
    [ -e go.mod ] || "$go" mod init istio-xds
    "$go" get "$istio"
    "$go" mod tidy
    nice -n 10 "$go" build -p 1 -o "$tools/bin/istio-xds" .
  )
}

case ${1-} in
  test) installed test || install_for_tests ;;
  gateways) installed gateways || install_gateways ;;
  *) echo "usage: $0 test|gateways" >&2; exit 2 ;;
esac
touch "$tools/.installed-$1"
