/** One Deployment for each instance. A restart by hand rolls within it: a new pod is ready before the old one ends. */
export const deployment = `{{- $root := . }}
{{- range (include "app.instances" . | fromJsonArray) }}
{{- $instance := . }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    {{- with .id }}
    railiance.dev/instance: {{ . | quote }}
    {{- end }}
spec:
  replicas: {{ .replicas }}
  revisionHistoryLimit: 3
  progressDeadlineSeconds: {{ add .startSeconds 60 }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "app.selector" (dict "root" $root "id" .id) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "app.labels" $root | nindent 8 }}
        {{- with .id }}
        railiance.dev/instance: {{ . | quote }}
        {{- end }}
      {{- with .podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ add .stopSeconds .drainSeconds }}
      {{- with .podSecurityContext }}
      securityContext: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . | quote }}
        {{- end }}
      {{- end }}
      {{- with .nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- $filled := list }}
      {{- range .volumes }}{{ if .fill }}{{ $filled = append $filled . }}{{ end }}{{ end }}
      {{- with $filled }}
      initContainers:
        {{- range . }}
        - name: fill-{{ .name }}
          image: {{ $instance.reference | quote }}
          command: {{ .fill | toJson }}
          {{- with $instance.securityContext }}
          securityContext: {{- toYaml . | nindent 12 }}
          {{- end }}
          volumeMounts:
            - { name: {{ .name | quote }}, mountPath: /railiance-volume }
        {{- end }}
      {{- end }}
      containers:
        - name: app
          image: {{ .reference | quote }}
          {{- with .command }}
          command: {{ toJson . }}
          {{- end }}
          env:
            - { name: PORT, value: {{ .port | toString | quote }} }
            {{- range $name, $value := .env }}
            - { name: {{ $name | quote }}, value: {{ $value | toString | quote }} }
            {{- end }}
          {{- with .secretRef }}
          envFrom:
            - secretRef: { name: {{ . | quote }} }
          {{- end }}
          ports:
            - { name: http, containerPort: {{ .port }} }
          startupProbe:
            {{- include "app.probe" . | nindent 12 }}
            periodSeconds: 1
            timeoutSeconds: 5
            failureThreshold: {{ .startSeconds }}
          readinessProbe:
            {{- include "app.probe" . | nindent 12 }}
            periodSeconds: 3
            timeoutSeconds: 5
            failureThreshold: 3
          livenessProbe:
            {{- include "app.probe" . | nindent 12 }}
            periodSeconds: 10
            timeoutSeconds: 10
            failureThreshold: 6
          lifecycle:
            preStop:
              {{- if semverCompare ">=1.30.0-0" $root.Capabilities.KubeVersion.Version }}
              sleep: { seconds: {{ .drainSeconds }} }
              {{- else }}
              exec: { command: [sleep, {{ .drainSeconds | toString | quote }}] }
              {{- end }}
          {{- with .resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .securityContext }}
          securityContext: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with .volumes }}
          volumeMounts:
            {{- range . }}
            - { name: {{ .name | quote }}, mountPath: {{ .path | quote }} }
            {{- end }}
          {{- end }}
      {{- with .volumes }}
      volumes:
        {{- range . }}
        - name: {{ .name | quote }}
          persistentVolumeClaim: { claimName: {{ printf "%s-%s" $root.Release.Name .name }} }
        {{- end }}
      {{- end }}
{{- end }}

{{- define "app.probe" -}}
{{- if .health.path -}}
httpGet: { path: {{ .health.path | quote }}, port: http }
{{- else -}}
tcpSocket: { port: http }
{{- end -}}
{{- end -}}
`;
