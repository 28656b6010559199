#!/bin/sh
# Publishes a file as the next patch version of a package, tests the download, and keeps the number: the job that many
# GitLab pipelines have, in sh and curl. Prints the version on the standard output.
#
# CI_API_V4_URL, CI_PROJECT_ID, CI_PROJECT_PATH, CI_JOB_TOKEN  as GitLab CI sets them
# PACKAGE_NAME, PACKAGE_FILE  the package, and the path of the file to publish
# API_TOKEN                   may read and write CI/CD variables, which a job token may not: the number is kept in VERSION
# STOWAGE_RESERVE=1           takes the number from the registry instead: needs no variable and no API_TOKEN, and is safe
#                             when two pipelines run at once, which the variable is not
set -eu

: "${CI_API_V4_URL:?}" "${CI_PROJECT_ID:?}" "${CI_JOB_TOKEN:?}" "${PACKAGE_NAME:?}" "${PACKAGE_FILE:?}"
variable_url="$CI_API_V4_URL/projects/$CI_PROJECT_ID/variables/VERSION"

fail() {
  echo "version-pipeline: $*" >&2
  exit 1
}

request() {
  curl --silent --show-error --fail --max-time 300 "$@"
}

# The text of one field of a flat JSON object whose values need no escapes.
field() {
  sed -n "s/.*\"$1\" *: *\"\\([^\"]*\\)\".*/\\1/p"
}

read_variable() {
  : "${API_TOKEN:?}"
  version=$(request --header "PRIVATE-TOKEN: $API_TOKEN" "$variable_url" | field value)
  case $version in
    *[!0-9.]* | *.*.*.* | .* | *. | *..* | *.0[0-9]*) fail "VERSION is not like 1.2.3: $version" ;;
    *.*.*) ;;
    *) fail "VERSION is not like 1.2.3: $version" ;;
  esac
  version=${version%.*}.$((${version##*.} + 1))
}

reserve() {
  : "${CI_PROJECT_PATH:?}"
  namespace=$(printf %s "$CI_PROJECT_PATH" | sed 's|/|%2F|g')
  answer=$(request --header "JOB-TOKEN: $CI_JOB_TOKEN" --header "Content-Type: application/json" \
    --data '{"bump":"patch","first":"1.0.0"}' \
    "${CI_API_V4_URL%/api/v4}/api/stowage/v1/namespaces/$namespace/packages/$PACKAGE_NAME/reservations")
  version=$(printf %s "$answer" | field version)
  reservation=$(printf %s "$answer" | field reservation)
  [ -n "$version" ] && [ -n "$reservation" ] || fail "no reservation"
}

reservation=
if [ "${STOWAGE_RESERVE:-0}" = 1 ]; then reserve; else read_variable; fi

file_url="$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/generic/$PACKAGE_NAME/$version/${PACKAGE_FILE##*/}"
if [ -n "$reservation" ]; then
  set -- --header "Stowage-Reservation: $reservation"
else
  set --
fi
request --header "JOB-TOKEN: $CI_JOB_TOKEN" "$@" --upload-file "$PACKAGE_FILE" --output /dev/null "$file_url" ||
  fail "$version was not published"

downloaded=$(mktemp)
trap 'rm -f "$downloaded"' EXIT
request --location --header "JOB-TOKEN: $CI_JOB_TOKEN" --output "$downloaded" "$file_url"
cmp -s "$PACKAGE_FILE" "$downloaded" || fail "the download of $version is not the file that was published"

if [ -z "$reservation" ]; then
  request --request PUT --header "PRIVATE-TOKEN: $API_TOKEN" --form "value=$version" --output /dev/null "$variable_url"
fi
echo "$version"
