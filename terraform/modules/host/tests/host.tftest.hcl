mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  image_id      = "ami-1"
  vpc_id        = "vpc-1"
  kms_key_arn   = "arn:aws:kms:eu-central-1:111111111102:key/1"
  role          = "app"
  instance_type = "m7i.xlarge"
  ingress       = {}
  egress        = {}
  secrets       = ["jitsi"]
}

run "no_secret_and_no_key" {
  command = plan
  assert {
    condition     = aws_launch_template.this.metadata_options[0].http_tokens == "required" && aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "A page that fetches addresses could fetch the role's keys."
  }
  assert {
    condition     = aws_launch_template.this.key_name == null
    error_message = "Nobody signs in by a key."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "DARASA_SECRETS=darasa-production-eu/jitsi") && startswith(base64decode(aws_launch_template.this.user_data), "#cloud-config")
    error_message = "The machine does not hear which secrets are its own."
  }
  assert {
    condition     = !strcontains(base64decode(aws_launch_template.this.user_data), "apt")
    error_message = "Nothing is installed at boot."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if statement.Sid == "OwnSecrets"] == [["arn:aws:secretsmanager:eu-central-1:111111111102:secret:darasa-production-eu/jitsi-??????"]]
    error_message = "It may read other secrets than its own."
  }
}

run "its_own_manifest_and_no_other" {
  command = plan
  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "DARASA_MANIFEST=/vc/production/eu/manifest")
    error_message = "The machine does not hear with what it has to agree before it starts."
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "ssm:GetParameter")] == ["arn:aws:ssm:eu-central-1:111111111102:parameter/vc/production/eu/manifest"]
    error_message = "It cannot read its cell's manifest, or may read more."
  }
}

run "a_secret_as_a_setting" {
  command = plan
  variables {
    settings = { JIBRI_XMPP_PASSWORD = "x" }
  }
  expect_failures = [var.settings]
}
