/** For upgrades by hand: the migration command as a Job before the rollout. */
export const migration = `{{- $root := . }}
{{- if .Values.migration.command }}
{{- range (include "app.instances" . | fromJsonArray) }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}-migrate
  namespace: {{ $root.Release.Namespace | quote }}
  labels: {{- include "app.labels" $root | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  activeDeadlineSeconds: {{ $root.Values.migration.seconds }}
  template:
    metadata:
      labels: { app.kubernetes.io/name: {{ include "app.name" $root }}-migrate }
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .podSecurityContext }}
      securityContext: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . | quote }}
        {{- end }}
      {{- end }}
      containers:
        - name: migrate
          image: {{ .reference | quote }}
          command: {{ $root.Values.migration.command | toJson }}
          env:
            {{- range $name, $value := .env }}
            - { name: {{ $name | quote }}, value: {{ $value | toString | quote }} }
            {{- end }}
          {{- with .secretRef }}
          envFrom:
            - secretRef: { name: {{ . | quote }} }
          {{- end }}
          {{- with .securityContext }}
          securityContext: {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}
{{- end }}
`;
