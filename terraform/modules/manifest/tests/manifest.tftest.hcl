mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  parameter   = "/vc/production/eu/manifest"
  kms_key_arn = "arn:aws:kms:eu-central-1:111111111102:key/1"
  buckets = {
    recordings = "darasa-production-eu-recordings"
    raw        = "darasa-production-eu-raw"
    logs       = "darasa-production-eu-logs"
  }
  pools = {
    jibri = { asg = "darasa-production-eu-jibri", min = 1, max = 60 }
  }
  drain_queue_url = "https://sqs.eu-central-1.amazonaws.com/111111111102/darasa-production-eu-drain"
  queue           = "recordings.eu"
  hosts           = { app = "classroom.eu.school.example" }
}

run "says_where_it_stands" {
  command = plan
  assert {
    condition     = jsondecode(aws_ssm_parameter.this.value).region == "eu-central-1" && jsondecode(aws_ssm_parameter.this.value).schema == 1
    error_message = "Darasa could not tell whose manifest it reads."
  }
}

run "under_another_cells_name" {
  command = plan
  variables {
    parameter = "/vc/production/af/manifest"
  }
  expect_failures = [var.parameter]
}

run "with_another_cells_key" {
  command = plan
  variables {
    kms_key_arn = "arn:aws:kms:af-south-1:111111111202:key/1"
  }
  expect_failures = [var.kms_key_arn]
}
