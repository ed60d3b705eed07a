/** The app's own Service, which leads to the active instance, and one for each instance alone. */
export const service = `{{- $root := . }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "app.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  selector:
    {{- if .Values.stage }}
    {{- include "app.selector" (dict "root" . "id" (.Values.active | default "none")) | nindent 4 }}
    {{- else }}
    {{- include "app.selector" (dict "root" . "id" "") | nindent 4 }}
    {{- end }}
  ports:
    - { name: http, port: {{ .Values.service.port }}, targetPort: http }
{{- range (include "app.instances" . | fromJsonArray) }}
{{- if .id }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "app.labels" $root | nindent 4 }}
    railiance.dev/instance: {{ .id | quote }}
spec:
  type: ClusterIP
  selector: {{- include "app.selector" (dict "root" $root "id" .id) | nindent 4 }}
  ports:
    - { name: http, port: {{ $root.Values.service.port }}, targetPort: http }
{{- end }}
{{- end }}
`;
