/**
 * The commands of GitLab's generic packages page (docs.gitlab.com/user/packages/generic_packages), and of its Packages
 * API page for listing and deleting. Angle brackets are what the reader puts in.
 */
const host = "https://gitlab.example.com";
const publishedFile = `"${host}/api/v4/projects/24/packages/generic/my_package/1.0.0/file.txt"`;
const readFile = `"${host}/api/v4/projects/1/packages/generic/my_package/0.0.1/file.txt"`;
const pipelineFile = '"${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/generic/my_package/${CI_COMMIT_TAG}/file.txt"';

/** One command for each way to sign in: by a header and by HTTP Basic. */
export interface DocumentedCommand {
  readonly credential: string;
  readonly publish: string;
  readonly download: string;
}

const byHand = (credential: string, option: string): DocumentedCommand => ({
  credential,
  publish: `curl --location ${option} \\\n     --upload-file path/to/file.txt \\\n     ${publishedFile}`,
  download: `curl ${option} \\\n     --location \\\n     ${readFile} \\\n     --output file.txt`,
});

const inPipeline = (credential: string, option: string): DocumentedCommand => ({
  credential,
  publish: `curl --location ${option} \\\n     --upload-file path/to/file.txt \\\n     ${pipelineFile}`,
  download: `curl ${option} \\\n     --location \\\n     --output file.txt \\\n     ${pipelineFile}`,
});

/** Publishing and downloading one file, with every credential of the page. */
export const singleFileCommands: readonly DocumentedCommand[] = [
  byHand("a personal access token", '--header "PRIVATE-TOKEN: <personal_access_token>"'),
  byHand("a personal access token by HTTP Basic", '--user "<username>:<personal_access_token>"'),
  byHand("a project access token", '--header "PRIVATE-TOKEN: <project_access_token>"'),
  byHand("a project access token by HTTP Basic", '--user "<project_access_token_username>:<project_access_token>"'),
  byHand("a deploy token", '--header "DEPLOY-TOKEN: <deploy_token>"'),
  byHand("a deploy token by HTTP Basic", '--user "<deploy_token_username>:<deploy_token>"'),
  inPipeline("a job token", '--header "JOB-TOKEN: ${CI_JOB_TOKEN}"'),
  inPipeline("a job token by HTTP Basic", '--user "gitlab-ci-token:${CI_JOB_TOKEN}"'),
];

const put = 'curl --header "PRIVATE-TOKEN: <personal_access_token>" \\\n     --upload-file path/to/file.txt \\\n';

/** The parameters of the upload, and the calls of the Packages API page. */
export const parameterCommands = {
  hidden: `${put}     "${host}/api/v4/projects/24/packages/generic/my_hidden/0.0.1/file.txt?status=hidden"`,
  select: `${put}     "${host}/api/v4/projects/24/packages/generic/my_selected/0.0.1/file.txt?select=package_file"`,
  directory: `${put}     "${host}/api/v4/projects/24/packages/generic/my_nested/0.0.1/path/to/file.txt"`,
  list: `curl --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages?package_name=my_"`,
  listHidden: `curl --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages?status=hidden"`,
  show: `curl --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages/:package_id"`,
  listFiles: `curl --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages/:package_id/package_files"`,
  deleteFile: `curl --request DELETE --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages/:package_id/package_files/:package_file_id"`,
  deletePackage: `curl --request DELETE --header "PRIVATE-TOKEN: <personal_access_token>" "${host}/api/v4/projects/24/packages/:package_id"`,
  /** The download of the pages before 18, in a pipeline. */
  wget: 'wget --header="JOB-TOKEN: $CI_JOB_TOKEN" ${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/generic/my_nested/0.0.1/path/to/file.txt',
} as const;

const settings = String.raw`TOKEN="<personal_access_token>"
PROJECT_ID="24"
PACKAGE_NAME="my_scripted"
PACKAGE_VERSION="1.0.0"`;

/** The page's longer scripts, in the order in which they build on one another. */
export const documentedScripts = {
  publishFiles: String.raw`${settings}
DIRECTORY_PATH="./files_to_upload"

for file in "$DIRECTORY_PATH"/*; do
    if [ -f "$file" ]; then
        filename=$(basename "$file")
        curl --location --header "PRIVATE-TOKEN: $TOKEN" \
             --upload-file "$file" \
             "https://gitlab.example.com/api/v4/projects/$PROJECT_ID/packages/generic/$PACKAGE_NAME/$PACKAGE_VERSION/$filename"
        echo "Uploaded: $filename"
    fi
done`,
  publishTree: String.raw`${settings}
DIRECTORY_PATH="./files_to_upload"

find "$DIRECTORY_PATH" -type f | while read -r file; do
    relative_path=${"$"}{file#"$DIRECTORY_PATH/"}
    curl --location --header "PRIVATE-TOKEN: $TOKEN" \
         --upload-file "$file" \
         "https://gitlab.example.com/api/v4/projects/$PROJECT_ID/packages/generic/$PACKAGE_NAME/$PACKAGE_VERSION/$relative_path"
    echo "Uploaded: $relative_path"
done`,
  downloadFiles: String.raw`${settings}
OUTPUT_DIR="./downloaded_files"
mkdir -p "$OUTPUT_DIR"
files=("file1.txt" "file2.txt" "subdirectory/file3.txt")

for file in "${"$"}{files[@]}"; do
    curl --location --header "PRIVATE-TOKEN: $TOKEN" \
         --output "$OUTPUT_DIR/$file" \
         --create-dirs \
         "https://gitlab.example.com/api/v4/projects/$PROJECT_ID/packages/generic/$PACKAGE_NAME/$PACKAGE_VERSION/$file"
    echo "Downloaded: $file"
done`,
  /** The names come from the list of files, so a directory in them is written %2F. */
  downloadPackage: String.raw`${settings}
GITLAB_URL="https://gitlab.example.com"
OUTPUT_DIR="./downloaded_package"
mkdir -p "$OUTPUT_DIR"

PACKAGE_ID=$(curl --location --header "PRIVATE-TOKEN: $TOKEN" \
     "$GITLAB_URL/api/v4/projects/$PROJECT_ID/packages?package_type=generic&package_name=$PACKAGE_NAME&package_version=$PACKAGE_VERSION" \
     | jq -r ".[] | select(.name==\"$PACKAGE_NAME\" and .version==\"$PACKAGE_VERSION\") | .id")

files=$(curl --location --header "PRIVATE-TOKEN: $TOKEN" \
     "$GITLAB_URL/api/v4/projects/$PROJECT_ID/packages/$PACKAGE_ID/package_files" \
     | jq -r '.[].file_name')

for file in $files; do
    curl --location --header "PRIVATE-TOKEN: $TOKEN" \
         --output "$OUTPUT_DIR/$file" \
         --create-dirs \
         "$GITLAB_URL/api/v4/projects/$PROJECT_ID/packages/generic/$PACKAGE_NAME/$PACKAGE_VERSION/$file"
done`,
  /** The header's name is compared as it is written here. */
  verifyByHeader: String.raw`curl --header "JOB-TOKEN: ${"$"}{CI_JOB_TOKEN}" \
     --location \
     --output file.txt \
     --dump-header headers.txt \
     "${"$"}{CI_API_V4_URL}/projects/${"$"}{CI_PROJECT_ID}/packages/generic/my_scripted/${"$"}{CI_COMMIT_TAG}/file1.txt"
EXPECTED_CHECKSUM=$(grep "X-Checksum-SHA256:" headers.txt | cut -d' ' -f2 | tr -d '\r')
ACTUAL_CHECKSUM=$(sha256sum file.txt | cut -d' ' -f1)
[ "$EXPECTED_CHECKSUM" = "$ACTUAL_CHECKSUM" ]`,
  verifyByList: String.raw`PACKAGE_ID=$(curl --header "PRIVATE-TOKEN: <personal_access_token>" \
     --url "https://gitlab.example.com/api/v4/projects/1/packages?package_type=generic&package_name=my_scripted&package_version=1.0.0" \
     | jq -r ".[] | select(.name==\"my_scripted\" and .version==\"1.0.0\") | .id")
curl --header "PRIVATE-TOKEN: <personal_access_token>" \
     --url "https://gitlab.example.com/api/v4/projects/1/packages/$PACKAGE_ID/package_files" \
     | jq '.[] | {file_name: .file_name, file_sha256: .file_sha256}'`,
} as const;
