mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111102" }
  }
}

run "at_home" {
  command = plan
  variables {
    env  = "production"
    zone = "eu"
  }
  assert {
    condition     = output.cell.name == "darasa-production-eu" && output.cell.region == "eu-central-1"
    error_message = "The cell does not know itself."
  }
}

run "no_such_zone" {
  command = plan
  variables {
    env  = "production"
    zone = "moon"
  }
  expect_failures = [var.zone]
}

run "no_such_environment" {
  command = plan
  variables {
    env  = "staging"
    zone = "in"
  }
  expect_failures = [data.aws_caller_identity.here]
  override_data {
    target = data.aws_region.here
    values = { name = "ap-south-1" }
  }
}

run "the_region_of_another_zone" {
  command = plan
  variables {
    env  = "production"
    zone = "eu"
  }
  override_data {
    target = data.aws_region.here
    values = { name = "af-south-1" }
  }
  expect_failures = [data.aws_region.here]
}

run "the_account_of_another_zone" {
  command = plan
  variables {
    env  = "production"
    zone = "eu"
  }
  override_data {
    target = data.aws_caller_identity.here
    values = { account_id = "111111111202" }
  }
  expect_failures = [data.aws_caller_identity.here]
}

run "the_account_of_another_environment" {
  command = plan
  variables {
    env  = "production"
    zone = "eu"
  }
  override_data {
    target = data.aws_caller_identity.here
    values = { account_id = "111111111101" }
  }
  expect_failures = [data.aws_caller_identity.here]
}
