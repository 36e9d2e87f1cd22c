# Of the tests: laid beside a copy of a root, so that what is for AWS stays free of what is for a stand-in.
provider "aws" {
  s3_use_path_style       = true
  max_retries             = 2
  skip_metadata_api_check = true
}
