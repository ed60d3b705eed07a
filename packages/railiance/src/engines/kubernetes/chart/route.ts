/**
 * The public route, and one for each instance under a name of its own. Traefik's own kind also says in each answer which
 * instance gave it: route and header change in one object, so that the switch can be seen from outside.
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
  name: {{ $root.Release.Name }}
  namespace: {{ $root.Release.Namespace }}
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
        - { name: {{ $target }}, port: {{ $root.Values.service.port }} }
      {{- if $active.name }}
      middlewares:
        - { name: {{ $active.name }} }
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
kind: Middleware
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  headers:
    customResponseHeaders: { X-Railiance-Instance: {{ .id | quote }} }
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  entryPoints: {{ $root.Values.ingress.candidateEntryPoints | toJson }}
  routes:
    - kind: Rule
      match: Host(\`{{ .candidateHost }}\`)
      services:
        - { name: {{ .name }}, port: {{ $root.Values.service.port }} }
      middlewares:
        - { name: {{ .name }} }
{{- end }}
{{- end }}
{{- else }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $root.Release.Name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- include "app.labels" $root | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: {{ .class }}
  {{- if $tls }}
  tls:
    - hosts: [{{ .host | quote }}]
      {{- with .tls.secret }}
      secretName: {{ . }}
      {{- end }}
  {{- end }}
  rules:
    - host: {{ .host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: {{ $target }}, port: { name: http } } }
{{- range $instances }}
{{- if .id }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  ingressClassName: {{ $root.Values.ingress.class }}
  rules:
    - host: {{ .candidateHost | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: {{ .name }}, port: { name: http } } }
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
`;
