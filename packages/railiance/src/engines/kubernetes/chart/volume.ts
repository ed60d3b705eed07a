/** Folders that outlive a release: one claim for each, shared by the instances, never removed with the release. */
export const volume = `{{- $root := . }}
{{- $seen := dict }}
{{- range (include "app.instances" . | fromJsonArray) }}
{{- $instance := . }}
{{- range .volumes }}
{{- if not (hasKey $seen .name) }}
{{- $_ := set $seen .name true }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ printf "%s-%s" $root.Release.Name .name }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels: {{- include "app.labels" $root | nindent 4 }}
  annotations: { helm.sh/resource-policy: keep }
spec:
  accessModes: {{ $instance.volumeModes | toJson }}
  {{- with $instance.volumeClass }}
  storageClassName: {{ . | quote }}
  {{- end }}
  resources: { requests: { storage: {{ .size | default "1Gi" }} } }
{{- end }}
{{- end }}
{{- end }}
`;
