/** Names and labels, and the list of instances: the one that values describe, or those that railiance names. */
export const helpers = `{{- define "app.name" -}}
{{- .Values.app | default .Release.Name -}}
{{- end -}}

{{- define "app.labels" -}}
app: {{ include "app.name" . | quote }}
app.kubernetes.io/name: {{ include "app.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- with .Values.stage }}
railiance.dev/app: {{ include "app.name" $ | quote }}
railiance.dev/stage: {{ . | quote }}
{{- end }}
{{- end -}}

{{- /* What selects the pods of one instance. Takes (dict "root" $ "id" "…"). */ -}}
{{- define "app.selector" -}}
app: {{ include "app.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- with .id }}
railiance.dev/instance: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "app.instances" -}}
{{- $base := omit .Values "instances" "active" "ingress" "service" "global" -}}
{{- if or .Values.instances .Values.stage -}}
{{- $all := list -}}
{{- range .Values.instances -}}
{{- $all = append $all (mergeOverwrite (deepCopy $base) .) -}}
{{- end -}}
{{- toJson $all -}}
{{- else -}}
{{- $image := printf "%s:%s" .Values.image.repository (required "image.tag is needed" .Values.image.tag) -}}
{{- toJson (list (mergeOverwrite (deepCopy $base) (dict "name" .Release.Name "id" "" "reference" $image))) -}}
{{- end -}}
{{- end -}}

{{- define "app.tls" -}}
{{- with .Values.ingress.tls }}
{{- if or .enabled .secret .resolver -}}true{{- end -}}
{{- end -}}
{{- end -}}
`;
