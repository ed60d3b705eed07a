/** A workplan with every form of task: plain, with a block, with a status nobody knows. */
export const workplanText = `---
id: TEAM-WP-0007
type: workplan
title: "Probe — first deployment"
domain: probe
repo: probe
status: open
owner: ops
topic_slug: probe
created: "2026-01-02"
updated: 2026-01-03
depends_on: TEAM-WP-0001
state_hub_workstream_id: "6d1c5d2e-2f43-4a51-9e0e-0b4f1d0c7a11"
---

# TEAM-WP-0007 — Probe

## Tasks

### R1 — Build the image

\`\`\`sh
### R9 — not a task, a comment in a shell script
make image
\`\`\`

### R2: Check it

\`\`\`task
status: in_progress
priority: high
state_hub_task_id: "t-2"
\`\`\`

### R3 — Wait for a person

\`\`\`task
status: someday
\`\`\`

## Exit Criteria

- it runs
`;
