{{- define "cors-authz.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "cors-authz.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "cors-authz.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "cors-authz.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cors-authz.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cors-authz.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cors-authz.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "cors-authz.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cors-authz.metadata" -}}
name: {{ include "cors-authz.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "cors-authz.labels" . | nindent 2 }}
{{- end -}}

{{- define "cors-authz.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "cors-authz.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "cors-authz.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "cors-authz.policyConfigMapName" -}}
{{- printf "%s-policies-%s" (include "cors-authz.fullname" .root | trunc 40 | trimSuffix "-") .name -}}
{{- end -}}

{{/* The kubelet would let the last of two files of one name win, silently. */}}
{{- define "cors-authz.checkPolicies" -}}
{{- if and (empty .Values.policies.configMaps) (empty .Values.policies.existingConfigMaps) -}}
{{- fail "no policies: set policies.configMaps or policies.existingConfigMaps" -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $name, $files := .Values.policies.configMaps -}}
{{- range $file, $_ := $files -}}
{{- with get $seen $file -}}
{{- fail (printf "policies.configMaps: %s stands in both %s and %s; all files share one folder, rename one of them" $file . $name) -}}
{{- end -}}
{{- $_ := set $seen $file $name -}}
{{- end -}}
{{- end -}}
{{- range .Values.policies.existingConfigMaps -}}
{{- $name := .name -}}
{{- range .items -}}
{{- $path := .path -}}
{{- with get $seen $path -}}
{{- fail (printf "policies.existingConfigMaps: %s of %s stands in %s too; all files share one folder, give it another path" $path $name .) -}}
{{- end -}}
{{- $_ := set $seen $path $name -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "cors-authz.args" -}}
- serve
- --config
- /etc/cors-authz
- --listen
- 0.0.0.0:9191
- --drain-delay
- {{ .Values.server.drainDelaySeconds | quote }}
- --grace
- {{ .Values.server.graceSeconds | quote }}
- --admin
- {{ ternary "0.0.0.0:9190" "none" .Values.admin.enabled }}
{{- if gt (int .Values.server.workers) 1 }}
- --workers
- {{ .Values.server.workers | quote }}
{{- end }}
{{- if .Values.tls.secretName }}
- --tls-cert
- /etc/cors-authz-tls/tls.crt
- --tls-key
- /etc/cors-authz-tls/tls.key
{{- if .Values.tls.requireClientCertificate }}
- --tls-client-ca
- /etc/cors-authz-tls/ca.crt
{{- end }}
{{- end }}
{{- with .Values.server.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name and number of every port that Envoy may ask, as a list of "name number". */}}
{{- define "cors-authz.grpcPorts" -}}
{{- range $worker := until (int .Values.server.workers) }}
- name: {{ ternary "grpc" (printf "grpc-%d" $worker) (eq $worker 0) }}
  number: {{ add 9191 $worker }}
{{- end }}
{{- end -}}

{{/* What the kubelet asks: a path on the admin port or, without it, the gRPC health service. */}}
{{- define "cors-authz.probe" -}}
{{- if .root.Values.admin.enabled }}
httpGet: {path: {{ .path }}, port: admin}
{{- else }}
grpc: {port: 9191}
{{- end }}
{{ toYaml .settings }}
{{- end -}}
