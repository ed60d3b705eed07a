/** `values.yaml` of the built-in chart: what is not given by railiance itself may be set by the app's own values files. */
export const defaults = `# The app. \`helm upgrade --install\` with image.tag works by hand; railiance fills in \`instances\` and \`active\`.
app: ""             # label app=<name> on every pod; default: the name of the release
stage: ""
replicas: 1
port: 8000          # given to the app as $PORT

image:
  repository: ""    # registry/team/app
  tag: ""           # <sha>, or <sha>@sha256:<digest>
  pullSecrets: []   # names of Secrets

command: []         # in place of the image's own
env: {}             # plain environment; what is secret belongs into a Secret
secretRef: ""       # Secret whose keys become environment

health:
  path: ""          # path that answers below 400 when the app is ready; without it, that the port is open
startSeconds: 60    # to become ready
stopSeconds: 30     # to end after SIGTERM
drainSeconds: 3     # between leaving the Service and SIGTERM, for proxies to notice

resources: {}       # e.g. { requests: { memory: 1Gi }, limits: { memory: 1Gi } }
volumes: []         # [{ name, path, size, fill }]; fill: copy what the image has there, once
volumeClass: ""     # storage class; "" is the cluster's default
volumeModes: [ReadWriteOnce]

podSecurityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
podAnnotations: {}
nodeSelector: {}
tolerations: []
affinity: {}

service:
  port: 80

ingress:
  host: ""          # no route without it
  kind: ingress     # ingress, or traefik for an IngressRoute
  class: traefik
  annotations: {}
  entryPoints: []   # of Traefik; default: web, or websecure with tls
  candidateEntryPoints: [web]
  tls:
    enabled: false
    secret: ""      # Secret with the certificate
    resolver: ""    # or the name of Traefik's certificate resolver

migration:
  command: []       # run before each upgrade, in the new image; railiance runs migrations itself and leaves this empty
  seconds: 300

# Written by railiance: each entry overrides the values above for one copy of the app.
instances: []
active: ""
`;
