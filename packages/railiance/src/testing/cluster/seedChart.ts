import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface SeedChartOptions {
  readonly slug: string;
  /** `host/path` that its Deployment pulls from, written into the template: its values have only the tag. */
  readonly repository: string;
  readonly host: string;
  /** Of the container; what its Deployment says by default is the repository with the tag. */
  readonly image?: string;
  /** Labels of the pods beside `app`, as YAML. */
  readonly labels?: string;
  /** More of the container's environment, as YAML. */
  readonly env?: string;
  /** Path that says whether a pod is ready; absent: /. */
  readonly probe?: string;
  /** How much memory the pods ask for in production. */
  readonly memory?: string;
}

/**
 * A chart as teams write it by hand, and not made for this tool: `image.tag`, `ingress.host` and `resources` as values, one Deployment
 * that reads the Secret `<slug>-env`, a Service on port 8000 and an Ingress with Traefik's annotations.
 */
export async function writeSeedChart(folder: string, options: SeedChartOptions): Promise<void> {
  for (const [path, content] of Object.entries(files(options))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function files({
  slug,
  repository,
  host,
  image,
  labels = '',
  env = '',
  probe = '/',
  memory = '48Mi',
}: SeedChartOptions) {
  const runs = image ?? `${repository}:{{ .Values.image.tag }}`;
  return {
    'Chart.yaml': `apiVersion: v2\nname: ${slug}\nversion: 0.1.0\n`,
    'values.yaml': `image:\n  tag: latest\ningress:\n  host: ${host}\nreplicas: 1\nresources: {}\n`,
    'values.prod.yaml': `replicas: 1\nresources:\n  requests:\n    memory: ${memory}\n`,
    'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${slug}
  labels: { app: ${slug} }
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: { app: ${slug} }
  template:
    metadata:
      labels:
        app: ${slug}
${labels}
    spec:
      containers:
        - name: web
          image: "${runs}"
          env:
            - { name: PORT, value: "8000" }
${env}
          envFrom:
            - secretRef: { name: ${slug}-env }
          ports:
            - containerPort: 8000
          readinessProbe:
            httpGet: { path: ${probe}, port: 8000 }
            periodSeconds: 1
          resources: {{- toYaml .Values.resources | nindent 12 }}
`,
    'templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: ${slug}
spec:
  type: ClusterIP
  selector: { app: ${slug} }
  ports:
    - port: 8000
`,
    'templates/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${slug}
  annotations:
    traefik.ingress.kubernetes.io/router.entrypoints: web
spec:
  rules:
    - host: {{ .Values.ingress.host }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${slug}
                port:
                  number: 8000
`,
  };
}
