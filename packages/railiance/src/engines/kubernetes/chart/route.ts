/**
 * The public route, and one for each instance under a name of its own. With Traefik's own kind each also answers one path
 * itself (418), which names the instance: it is in the same object as the way there, so that the switch can be seen from outside.
 */
export const route = `{{- $root := . }}
{{- with .Values.ingress }}
{{- if .host }}
{{- $tls := include "app.tls" $root }}
{{- $instances := include "app.instances" $root | fromJsonArray }}
{{- $active := dict }}
{{- range $instances }}{{ if and .id (eq .id $root.Values.active) }}{{ $active = . }}{{ end }}{{ end }}
{{- $target := $active.name | default $root.Release.Name }}
{{- if eq .kind "traefik" }}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata:
  name: {{ $root.Release.Name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels: {{- include "app.labels" $root | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  entryPoints: {{ .entryPoints | default (list (ternary "websecure" "web" (eq $tls "true"))) | toJson }}
  routes:
    - kind: Rule
      match: Host(\`{{ .host }}\`)
      services:
        - { name: {{ $target | quote }}, port: {{ $root.Values.service.port }} }
    {{- if $active.name }}
    - kind: Rule
      match: Host(\`{{ .host }}\`) && Path(\`{{ $active.takenInPath }}\`)
      services:
        - { kind: TraefikService, name: noop@internal }
    {{- end }}
  {{- if $tls }}
  {{- $certificate := dict }}
  {{- with .tls.secret }}{{ $_ := set $certificate "secretName" . }}{{ end }}
  {{- with .tls.resolver }}{{ $_ := set $certificate "certResolver" . }}{{ end }}
  tls: {{ toJson $certificate }}
  {{- end }}
{{- range $instances }}
{{- if .id }}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata:
  name: {{ .name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  entryPoints: {{ $root.Values.ingress.candidateEntryPoints | toJson }}
  routes:
    - kind: Rule
      match: Host(\`{{ .candidateHost }}\`)
      services:
        - { name: {{ .name | quote }}, port: {{ $root.Values.service.port }} }
    - kind: Rule
      match: Host(\`{{ .candidateHost }}\`) && Path(\`{{ .takenInPath }}\`)
      services:
        - { kind: TraefikService, name: noop@internal }
{{- end }}
{{- end }}
{{- else }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $root.Release.Name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels: {{- include "app.labels" $root | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: {{ .class | quote }}
  {{- if $tls }}
  tls:
    - hosts: [{{ .host | quote }}]
      {{- with .tls.secret }}
      secretName: {{ . | quote }}
      {{- end }}
  {{- end }}
  rules:
    - host: {{ .host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: {{ $target | quote }}, port: { name: http } } }
{{- range $instances }}
{{- if .id }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  ingressClassName: {{ $root.Values.ingress.class | quote }}
  rules:
    - host: {{ .candidateHost | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: {{ .name | quote }}, port: { name: http } } }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
`;
