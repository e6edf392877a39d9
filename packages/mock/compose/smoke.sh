#!/bin/sh
# Packs the mock, builds its image, and runs the compose file: the service must list and open what the mock has.
set -eu
cd "$(dirname "$0")/.."
rm -rf image
pnpm="npx -y $(node -p 'require("../../package.json").packageManager')"
for folder in ../../spec .; do
  (cd "$folder" && $pnpm pack --pack-destination "$OLDPWD/image")
done
docker build --tag np6-archives-mock .
trap 'docker compose down --volumes' EXIT
docker compose up --exit-code-from service
